"""May they? Where policies and the request's context come from; the verdict is ``kmsmock.iam``'s."""

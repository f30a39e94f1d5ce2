"""What is wrong with policies, by few rules: ``kmsmock.lint`` and ``python -m kmsmock lint``.

``reading`` makes subjects of a world or of a document, each rule of ``rules`` looks at one subject, ``judging`` runs
them and leaves out what was accepted. Wherever the evaluator can tell, a rule asks it (``asking``) and does not compare
texts.
"""

from kmsmock.linting.findings import Finding, Findings

__all__ = ["Finding", "Findings"]

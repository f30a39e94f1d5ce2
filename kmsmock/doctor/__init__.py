"""The doctor looks at a project before anything is changed, and says what will happen there with kmsmock.

It reads and never runs: nothing of the project is imported. The way: ``tree`` finds the files, ``project`` reads them
(``sources``, ``requirements``, ``settings``), each file of ``checks`` looks for what it knows, ``report`` tells it.
"""

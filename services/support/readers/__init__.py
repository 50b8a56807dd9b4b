"""One module a family of formats. Each gives a `Reading`, or None where the text is not of its format.

Never in here: files, processes, redaction. Readers run in the child process only, on input that is already bounded.
"""

"""Sign a PDF, and check what was signed.

In: bytes of a PDF, a signer, a trust folder. Out: signed bytes, or a frozen account of what holds and what does not.
This room knows bytes only: nothing of records, metrics, pages or questionnaires. pyHanko and cryptography are imported
here alone, and only inside the functions that need them.
"""

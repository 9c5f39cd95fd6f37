"""An assessment folder -> one record: answers, scores, audit and the digests of everything that was read."""

"""Suppliers compared on the same requirements: the file ``suppliers.yaml``, its totals, and how sure the order is.

In: suppliers.yaml. Out: the block ``suppliers`` of the record. Nothing here weighs an offer: marks, weights and their
evidence are the buyer’s, and what has no mark counts as the lowest.
"""

from impact.assessment.suppliers.block import faults_of_suppliers, read_suppliers, suppliers_result
from impact.assessment.suppliers.form import SuppliersFile

__all__ = ["SuppliersFile", "faults_of_suppliers", "read_suppliers", "suppliers_result"]

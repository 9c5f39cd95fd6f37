"""Disclosure control: counts protected before anything is published, and the attack that they must withstand."""

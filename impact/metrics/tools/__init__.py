"""Tools around an audit: draft a plan, ask for counts, explain a figure, test the machine, export, notebooks."""

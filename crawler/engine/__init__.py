"""Takes a fetched page through all steps to its commit, for the generic spider and for sites' custom spiders."""

"""Papers of the survey: slips to be printed, the index as a workbook."""

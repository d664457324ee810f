"""One file per section of a report: counted, then shown on the page, in the document and in the workbook."""

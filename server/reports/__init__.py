"""Reports: declared once, rendered as PDF, XLSX and CSV."""

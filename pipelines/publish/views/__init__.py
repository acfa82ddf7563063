"""What each page shows, as plain data: no markup, no files. The templates in `site/templates` only lay it out."""

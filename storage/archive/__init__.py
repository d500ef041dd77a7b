"""The archive of fetched pages as WARC files: its folder, the writer of pages, and their reader."""

"""The archive of fetched pages as WARC files: its folder, its writer, its reader."""

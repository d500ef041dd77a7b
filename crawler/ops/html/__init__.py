"""Pages for the browser that tell how sources and runs do: nothing is fetched, nothing runs, everything is escaped."""

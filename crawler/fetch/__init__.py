"""HTTP: politeness, robots.txt, redirects, limits, credentials, the network guard, and the browser."""

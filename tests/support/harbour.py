"""A page of a news site with an article, whose text holds a word that no other page has."""

URL = "https://wire.example/news/harbour"
SECRET = "Zanzibarine"
PAGE = f"""<html lang=en><head><title>Harbour closed</title><meta property="og:type" content="article"></head><body>
<h1>Harbour closed</h1><article>
<p>The harbour of Mombasa was closed on Tuesday after a storm, the port authority said in a statement, and
{SECRET} ferries stayed in port until the evening while the crews waited.</p>
<p>Fishermen said that they had not seen such waves for years, and that twelve boats were damaged when the
water rose over the pier in the night before the storm.</p>
<p>Edited by: Ali Musa</p></article></body></html>"""

"""Detection of pages that are not articles: indexes, search results, logins, captchas, consent and error pages."""

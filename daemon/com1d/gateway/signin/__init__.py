"""Who is there: links, cookies, an identity provider, a proxy in front."""

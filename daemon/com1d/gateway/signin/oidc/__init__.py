"""OpenID Connect: an identity provider says who somebody is (code flow with PKCE)."""

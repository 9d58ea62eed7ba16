"""The web page over what is published: `server` starts it, `app` is the page itself."""

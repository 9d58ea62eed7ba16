"""The pages. Each is a function of the publication that it shows."""

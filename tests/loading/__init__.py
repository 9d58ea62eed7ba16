"""Files into bronze: what is read out of every sort of file, what is set aside, and what is refused."""

"""Why published numbers are what they are: asks what is published, and hands it to the arithmetic of `why`.

- `change_sets`: the changes between two builds, summed by cause, load, title and dimension
- `builds`: how numbers came from one build to another
- `periods`: two periods side by side
- `published_numbers`: what the numbers were in every published version
"""

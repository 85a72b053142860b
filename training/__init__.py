"""Makes the models that Passerelle ships: the encoder, and what is fitted on top of it. A nightly run needs none."""

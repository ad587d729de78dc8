"""What is kept between runs so that it need not be made again: small files, each named by a hash of what it was made of."""

"""What the project is shipped as: archives that anyone can build again, byte by byte."""

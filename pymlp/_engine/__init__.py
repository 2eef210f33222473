"""The Cython seam over csrc/, and the choice of instruction set and number of threads."""

"""Python source as trees, laid out in lines, and text in it: what a back end writes Python with, whatever it is about."""

"""The start page, the frame of a lesson, and the pages of reference."""

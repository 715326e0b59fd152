"""What `derrick replica` is made of: opening a file, finding rows, entering and showing values."""

"""Many networks trained at once; the sharpness of their loss and their tangent kernel."""

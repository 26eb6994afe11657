"""The article on every torch from 1.0 on."""

"""What a good start buys: test error on real images, speed, and how wide the band of usable rates is."""

"""The library. Imports point inward: bootstrap > adapters, usecases, wire > ports > domain."""

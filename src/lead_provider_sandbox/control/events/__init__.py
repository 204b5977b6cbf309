"""Events behind the API of a world: each changes the store as the real service would."""

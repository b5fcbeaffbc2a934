/** Why there is no proof: which box, and what of it could not be shown. */
export class Unproved extends Error {}

/** A box about which boxes tell nothing, however small: there may be another way. */
export class Stuck extends Unproved {}

/** Why there is no proof: which box, and what of it could not be shown. */
export class Unproved extends Error {}

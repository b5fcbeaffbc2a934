/** The dimensions in which candidates are dismissed by minors. */
export const FEWEST_DIMENSIONS = 2;
export const MOST_DIMENSIONS = 7;

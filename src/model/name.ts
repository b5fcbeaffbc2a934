/** The longest name of a model or of an array, in UTF-16 units. */
export const MAX_NAME_LENGTH = 4096;

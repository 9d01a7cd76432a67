/** The version of this Millrace. */
export const version = '0.1.0'

/** The tables in which connections are shared out among backends. */
export const SHARING_TABLES = ['nat', 'mangle'] as const;

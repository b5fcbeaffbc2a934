import * as z from "zod/mini";

// zod compiles checks with `new Function`, which the page's Content-Security-Policy forbids; imported before any schema
// is made
z.config({ jitless: true });

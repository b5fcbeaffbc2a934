/** The tests bring their own browser (Debian's chromium, or @sparticuz/chromium): none is downloaded. */
module.exports = { skipDownload: true };

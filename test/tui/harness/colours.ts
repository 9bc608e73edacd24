/** Import this before anything that draws: whether there are colours is decided when Ink is loaded. */
process.env.FORCE_COLOR = "3";

// Large type: every size on the page is in rem, so one size at the root is enough.
//   large() → applies what this browser remembers, and says whether it is on       setLarge(yes)
import { recall, remember } from "./storage.js";

const KEY = "lq-large";

export function large() {
  const yes = recall(KEY) === true;
  document.documentElement.classList.toggle("large", yes);
  return yes;
}

export function setLarge(yes) {
  remember(KEY, yes);
  large();
}

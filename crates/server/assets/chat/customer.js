// The customer's page: landing, joining, the chat.
import { loadWords } from "./words.js";

loadWords();

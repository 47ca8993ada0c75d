// Sends a file's bytes, tells how far it is, can be stopped.
//   upload(api, blob, { lane, ms, onProgress(0…1) }) → { done: promise of the server's file, abort() }
import { ApiError } from "./api.js";

/** Nothing moves for so long: the network is gone and did not say so. */
const STALL_MS = 60_000;

export function upload(api, blob, { lane, ms, onProgress }) {
  const request = new XMLHttpRequest();
  let timer = 0;
  const moves = () => {
    clearTimeout(timer);
    timer = setTimeout(() => request.abort(), STALL_MS);
  };
  const done = new Promise((resolve, reject) => {
    request.open("POST", api.url("/files", { lane, name: blob.name ?? "", ms: ms && Math.round(ms) }));
    request.setRequestHeader("content-type", blob.type || "application/octet-stream");
    for (const [name, value] of Object.entries(api.headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      moves();
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onloadend = () => clearTimeout(timer);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        const body = JSON.parse(request.responseText);
        resolve(body.file ?? body);
      } else {
        reject(api.refusal(request.status, request.responseText, request.getResponseHeader("retry-after")));
      }
    };
    request.onerror = request.onabort = request.ontimeout = () => reject(new ApiError(0, "offline", null, null));
    request.send(blob);
    moves();
  });
  return { done, abort: () => request.abort() };
}

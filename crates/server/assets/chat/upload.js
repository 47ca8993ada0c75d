// Sends a file's bytes, tells how far it is, can be stopped.
//   upload(api, blob, { lane, ms, onProgress(0…1) }) → { done: promise of the server's file, abort() }
import { ApiError, refusal } from "./api.js";

export function upload(api, blob, { lane, ms, onProgress }) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.open("POST", api.url("/files", { lane, name: blob.name ?? "", ms: ms && Math.round(ms) }));
    request.setRequestHeader("content-type", blob.type || "application/octet-stream");
    request.setRequestHeader("accept", "application/json");
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        const body = JSON.parse(request.responseText);
        resolve(body.file ?? body);
      } else {
        reject(refusal(request.status, request.responseText, request.getResponseHeader("retry-after")));
      }
    };
    request.onerror = request.onabort = request.ontimeout = () => reject(new ApiError(0, "offline", null, null));
    request.send(blob);
  });
  return { done, abort: () => request.abort() };
}

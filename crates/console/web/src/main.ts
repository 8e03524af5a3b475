import { mount } from "svelte";
import "./app.css";
import App from "./App.svelte";
import { showLanguage } from "./lib/text.svelte";

const target = document.getElementById("app");
// The language first: a page that changes its words as it appears is hard to read.
void showLanguage().finally(() => target && mount(App, { target }));

// Starts Swagger UI over the service that this page comes from. Every address is relative to the page, so it also works
// behind a proxy that puts the service under a path.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#explorer",
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  // Credentials live in this page alone: a reload forgets them.
  persistAuthorization: false,
  // No other host is asked, not even to check the document.
  validatorUrl: null,
});
